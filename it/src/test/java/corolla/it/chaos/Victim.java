package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.swarm.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/** A server that is harmed, and comes back as the same peer at the same address. Used by one thread at a time; its owner closes it. */
final class Victim implements AutoCloseable {
    private static final Duration START_TIME = Duration.ofMinutes(3);

    final int number;
    final Span span;

    private final Environment environment;
    private final TaskScope readers;
    private final SwarmPlan plan;
    private NodeProcess process;
    private String peer = "";

    private Victim(
            Environment environment, TaskScope readers, SwarmPlan plan, int number, Span span, NodeProcess process) {
        this.environment = environment;
        this.readers = readers;
        this.plan = plan;
        this.number = number;
        this.span = span;
        this.process = process;
    }

    static Victim start(Environment environment, TaskScope readers, SwarmPlan plan, int number, Span span)
            throws IOException {
        return new Victim(environment, readers, plan, number, span, launch(environment, readers, plan, number, span));
    }

    private static NodeProcess launch(Environment environment, TaskScope readers, SwarmPlan plan, int number, Span span)
            throws IOException {
        Path log = plan.folder().resolve("server" + number + ".log");
        return NodeProcess.start(environment, readers, plan.server(number, span), plan.variables(), log);
    }

    /** Waits until it serves, at first or again. */
    void awaitReady() throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), START_TIME);
        if (!process.awaitReady(deadline)) {
            throw new IOException("server " + number + " did not start; its log is in " + plan.folder());
        }
        String address = process.awaitAddress(deadline);
        peer = address.substring(address.lastIndexOf('/') + 1);
    }

    /** As text; empty before it was ready once. */
    String peer() {
        return peer;
    }

    /** @param random draws how answers are spoiled */
    void harm(Harm harm, Random random) throws IOException, InterruptedException {
        switch (harm) {
            case KILL -> process.kill();
            case FREEZE -> process.signal("STOP");
            case CUT -> setLink("0");
            case SPOIL -> process.tell(Spoil.impossible(random).name());
            case FLIP -> process.tell(Spoil.FLIP.name());
        }
    }

    /** Ends the harm; {@link #awaitReady} follows. */
    void heal(Harm harm) throws IOException, InterruptedException {
        switch (harm) {
            case KILL -> {
                process.close(); // its port must be free
                process = launch(environment, readers, plan, number, span);
            }
            case FREEZE -> process.signal("CONT");
            case CUT -> setLink("3");
            case SPOIL, FLIP -> {} // it was one answer
        }
    }

    /** @param state of its port on the bridge: 0 drops all, 3 forwards */
    private void setLink(String state) throws IOException, InterruptedException {
        Commands.run("bridge", "link", "set", "dev", "s" + number, "state", state);
    }

    @Override
    public void close() {
        process.close();
    }
}
