package sluice.serving;

/** A text that is no JSON. */
final class NotJson extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotJson(String message) {
        super(message);
    }
}
