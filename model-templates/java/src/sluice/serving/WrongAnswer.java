package sluice.serving;

/** The model returned something that is not one entry a record of each output. */
final class WrongAnswer extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongAnswer(String message) {
        super("the model's answer does not fit: " + message);
    }
}
