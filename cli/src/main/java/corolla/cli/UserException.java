package corolla.cli;

/** Something that the person at the keyboard can put right. */
final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message what is wrong and what to do, in one line */
    UserException(String message) {
        super(message);
    }

    UserException(String message, Throwable cause) {
        super(message, cause);
    }
}
