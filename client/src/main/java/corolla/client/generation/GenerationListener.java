package corolla.client.generation;

/** Hears of an answer while it comes, on the generating thread. */
@FunctionalInterface
public interface GenerationListener {

    /**
     * A new token.
     *
     * @param id the token
     * @param piece the text that became certain with it, without stop strings; often empty
     * @return false to end the answer here
     */
    boolean token(int id, String piece);

    /** Text that was held back as a possible stop string, or as part of a character, when the answer ended. */
    default void end(String piece) {}

    /** One that only waits for the result. */
    static GenerationListener silent() {
        return (id, piece) -> true;
    }
}
