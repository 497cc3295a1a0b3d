package sluice.serving;

/** A request that does not fit the model. Its message is for the caller. */
final class BadRequest extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadRequest(String message) {
        super(message);
    }
}
