package corolla.swarm.reachability;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcContext;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Whether others can dial this node, found out by asking some of them (Petals protocol §13.2). Thread-safe; borrows what it is given.
 */
public final class SelfCheck {
    /** Peers asked. */
    static final int ASKED_MAX = 5;

    private final Environment environment;
    private final Rpc rpc;
    private final PeerId self;

    public SelfCheck(Environment environment, Rpc rpc, PeerId self) {
        this.environment = environment;
        this.rpc = rpc;
        this.self = self;
    }

    /**
     * What others say.
     *
     * @param asked peers
     * @param answered of them
     * @param dialed of those that answered, how many could dial us
     */
    public record Verdict(int asked, int answered, int dialed) {
        /** Half of the answers are enough; without any, a node trusts its luck, as stock ones do. */
        public boolean isReachable() {
            return 2 * dialed >= answered;
        }

        @Override
        public String toString() {
            return dialed + " of " + answered + " peers that answered can dial us (" + asked + " asked)";
        }
    }

    /**
     * Asks up to five of these peers, side by side, chosen at random; takes 10 s at most. While it runs, this node answers the
     * question about itself: whoever can dial it hears so.
     */
    public Verdict ask(List<PeerId> peers) throws InterruptedException {
        List<PeerId> chosen = new ArrayList<>(peers);
        chosen.remove(self);
        Collections.shuffle(chosen, Random.from(environment.randoms().stream("self-check")));
        chosen = chosen.subList(0, Math.min(ASKED_MAX, chosen.size()));
        rpc.handleUnary(ServiceNames.REACHABILITY_CHECK, this::aboutOurselves);
        try {
            return count(chosen);
        } finally {
            rpc.remove(ServiceNames.REACHABILITY_CHECK);
        }
    }

    /** Only what is asked about ourselves is answered: yes, since the question has arrived. */
    private byte[] aboutOurselves(RpcContext context, byte[] request) throws IOException {
        return ReachabilityService.answerAbout(self, request);
    }

    private Verdict count(List<PeerId> peers) throws InterruptedException {
        var calls = new ReachabilityCalls(rpc, environment.clock());
        int answered = 0;
        int dialed = 0;
        try (TaskScope scope = environment.tasks().open("self-check of " + self.shortForm())) {
            List<Task<Optional<Boolean>>> answers = new ArrayList<>();
            for (PeerId peer : peers) {
                answers.add(scope.fork("ask " + peer.shortForm(), () -> calls.check(peer, self)));
            }
            for (Task<Optional<Boolean>> task : answers) {
                Optional<Boolean> answer = await(task);
                answered += answer.isPresent() ? 1 : 0;
                dialed += answer.orElse(false) ? 1 : 0;
            }
        }
        return new Verdict(peers.size(), answered, dialed);
    }

    private Optional<Boolean> await(Task<Optional<Boolean>> task) throws InterruptedException {
        try {
            return task.await(Deadline.after(environment.clock(), ReachabilityCalls.INDIRECT_TIME.multipliedBy(2)));
        } catch (IOException late) {
            return Optional.empty();
        }
    }
}
