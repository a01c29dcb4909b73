package corolla.testkit;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A workload: nodes that all serve echoes and all ask one another, while some of them crash and come back. */
final class EchoSwarm {
    private static final int PORT = 9;

    private final SimulatedWorld world;
    private final List<SimulatedNode> nodes = new ArrayList<>();
    private int answered;
    private int failed;

    EchoSwarm(SimulatedWorld world, int size) {
        this.world = world;
        for (int i = 0; i < size; i++) {
            nodes.add(world.node("node" + i));
        }
    }

    /** Lives for so long; tells how it went. */
    String live(Duration time) throws InterruptedException {
        nodes.forEach(node -> start(node.environment()));
        RandomGenerator fate = world.randoms().stream("fate");
        Deadline end = world.within(time);
        while (!end.isOver(world.clock())) {
            world.clock().sleep(Duration.ofMillis(fate.nextLong(200, 3000)));
            SimulatedNode node = nodes.get(fate.nextInt(nodes.size()));
            if (node.isUp()) {
                node.crash();
            } else {
                start(node.restart());
            }
        }
        String result = answered + " answered, " + failed + " failed";
        world.note(result);
        return result;
    }

    private void start(Environment environment) {
        TaskScope scope = environment.tasks().open("echo"); // the world interrupts it at the end
        scope.run("server", () -> serve(environment, scope));
        scope.run("client", () -> ask(environment));
    }

    private void serve(Environment environment, TaskScope scope) throws IOException, InterruptedException {
        try (Listener listener = environment.transport().listen(new Endpoint("0.0.0.0", PORT))) {
            while (true) {
                ByteStream stream = listener.accept();
                scope.run("connection", () -> echo(environment, stream));
            }
        }
    }

    private void echo(Environment environment, ByteStream stream) throws IOException, InterruptedException {
        try (stream) {
            byte[] bytes = new byte[1000];
            while (true) {
                int count = stream.read(
                        bytes, 0, bytes.length, Deadline.after(environment.clock(), Duration.ofSeconds(30)));
                if (count < 0) {
                    return;
                }
                environment.team().run(_ -> {}, Deadline.after(environment.clock(), Duration.ofSeconds(1)));
                stream.write(bytes, 0, count, Deadline.after(environment.clock(), Duration.ofSeconds(1)));
            }
        }
    }

    private void ask(Environment environment) throws InterruptedException {
        RandomGenerator random = environment.randoms().stream("asking");
        while (true) {
            environment.clock().sleep(Duration.ofMillis(random.nextLong(10, 500)));
            Endpoint peer = new Endpoint("node" + random.nextInt(nodes.size()), PORT);
            Deadline deadline = Deadline.after(environment.clock(), Duration.ofSeconds(3));
            try (ByteStream stream = environment.transport().dial(peer, deadline)) {
                byte[] bytes = new byte[random.nextInt(1, 5000)];
                environment.randoms().secret(bytes);
                for (int sent = 0; sent < bytes.length; sent += 1000) {
                    int count = Math.min(1000, bytes.length - sent);
                    stream.write(bytes, sent, count, deadline);
                    for (int got = 0; got < count; ) {
                        got += stream.read(bytes, sent + got, count - got, deadline);
                    }
                }
                answered++;
            } catch (IOException _) {
                failed++;
            }
        }
    }
}
