package sluice.serving;

import java.util.LinkedHashMap;
import java.util.Map;

/** Java records as maps of their components. */
final class Records {
    private Records() {}

    static Map<String, Object> asMap(Record record) {
        Map<String, Object> found = new LinkedHashMap<>();
        for (var component : record.getClass().getRecordComponents()) {
            try {
                var accessor = component.getAccessor();
                // A record inside a class of the user's is often not public.
                accessor.setAccessible(true);
                found.put(component.getName(), accessor.invoke(record));
            } catch (ReflectiveOperationException error) {
                throw new WrongAnswer("the component " + component.getName() + " of " + record.getClass().getSimpleName() + " cannot be read");
            }
        }
        return found;
    }
}
