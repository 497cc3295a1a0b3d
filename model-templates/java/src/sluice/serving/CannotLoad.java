package sluice.serving;

/** A model that cannot be loaded, in words that need no type and no line. */
final class CannotLoad extends RuntimeException {
    private static final long serialVersionUID = 1;

    CannotLoad(String message) {
        super(message);
    }
}
