package corolla.p2p.multistream;

import corolla.base.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The responder: what to answer to each token. Pure. Confined to one thread. */
final class MultistreamState {
    private final Predicate<String> isServed;
    private final int roundsMax;
    private final List<String> refused = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private boolean headerSeen;

    MultistreamState(Predicate<String> isServed, int roundsMax) {
        this.isServed = isServed;
        this.roundsMax = roundsMax;
        answers.add(MultistreamMessages.HEADER);
    }

    /**
     * Takes the next token of the initiator.
     *
     * @return the protocol, once there is agreement
     */
    Optional<String> take(String token) throws ProtocolException {
        if (!headerSeen) {
            headerSeen = true;
            if (!token.equals(MultistreamMessages.HEADER)) {
                throw new ProtocolException(
                        "expected " + MultistreamMessages.HEADER + ", found '" + shown(token) + "'");
            }
            return Optional.empty();
        }
        if (isServed.test(token)) {
            answers.add(token);
            return Optional.of(token);
        }
        refused.add(shown(token));
        if (refused.size() > roundsMax) {
            throw new ProtocolException("more than " + roundsMax + " protocols proposed and none of them served: "
                    + refused.subList(0, Math.min(4, refused.size())) + "…");
        }
        answers.add(MultistreamMessages.NOT_AVAILABLE);
        return Optional.empty();
    }

    /** The tokens to send now, taken out of this state. */
    String[] takeAnswers() {
        String[] taken = answers.toArray(String[]::new);
        answers.clear();
        return taken;
    }

    /** A stranger's text, cut and cleaned for a message. */
    static String shown(String token) {
        String cut = token.length() <= 80 ? token : token.substring(0, 80) + "…";
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
