package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A stock Petals client, {@code interop/stock_answers.py}. One that was given up in the middle of an answer is ended, for it would try for
 * ever, and the next answer has a new one. Confined to its owner's thread, which closes it.
 */
final class StockClient implements AnswerClient {
    private final Environment environment;
    private final List<String> command;
    private final Path log;
    private final int blocks;
    private final int vocabularySize;

    private volatile Set<String> used = Set.of();
    private @Nullable Running running;

    /**
     * @param blocks of the model
     * @param vocabularySize of the model
     */
    StockClient(
            Environment environment,
            Path model,
            String prefix,
            String initialPeer,
            int blocks,
            int vocabularySize,
            Path log) {
        this.environment = environment;
        this.blocks = blocks;
        this.vocabularySize = vocabularySize;
        this.log = log;
        this.command = List.of(
                Commands.stockPython().toString(),
                Commands.project().resolve("interop/stock_answers.py").toString(),
                model.toString(),
                prefix,
                initialPeer);
    }

    @Override
    public int blocks() {
        return blocks;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public Set<String> used() {
        return used;
    }

    @Override
    public int[] answer(int[] prompt, int tokens, Timeline timeline, Deadline end)
            throws IOException, InterruptedException {
        Running client = running;
        if (client == null) {
            client = Running.start(environment, command, log);
            running = client;
        }
        try {
            int[] ids = answer(client, prompt, tokens, timeline, end);
            used = Set.of();
            return ids;
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private int[] answer(Running client, int[] prompt, int tokens, Timeline timeline, Deadline end)
            throws IOException, InterruptedException {
        client.say(
                tokens + " " + Arrays.stream(prompt).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
        long begun = environment.clock().nanoTime();
        for (int count = 0; ; count++) {
            List<String> words = client.next(end, count);
            List<String> rest = words.subList(1, words.size());
            switch (words.getFirst()) {
                case "step" -> {
                    timeline.stepped(begun);
                    used = Set.copyOf(rest);
                    begun = environment.clock().nanoTime();
                }
                case "answer" -> {
                    return rest.stream().mapToInt(Integer::parseInt).toArray();
                }
                default -> throw new IOException("the stock client says: " + String.join(" ", words));
            }
        }
    }

    @Override
    public void close() {
        used = Set.of();
        Running client = running;
        running = null;
        if (client != null) {
            client.close();
        }
    }

    /** Its process. */
    private static final class Running implements AutoCloseable {
        private final Process process;
        private final BufferedWriter in;
        private final TaskScope reader;
        private final Gate gate; // guards all below
        private final Queue<String> lines = new ArrayDeque<>();
        private boolean hasEnded;

        private Running(Environment environment, Process process) {
            this.process = process;
            this.in = process.outputWriter(StandardCharsets.UTF_8);
            this.reader = environment.tasks().open("stock client");
            this.gate = new Gate(environment.clock());
        }

        static Running start(Environment environment, List<String> command, Path log) throws IOException {
            var builder = new ProcessBuilder(command);
            builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
            var running = new Running(environment, builder.start());
            running.reader.run("output", running::read);
            return running;
        }

        private void read() throws IOException {
            try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    add(line);
                }
            } finally {
                add(null);
            }
        }

        /** @param line null at the end */
        private void add(@Nullable String line) {
            gate.lock();
            try {
                if (line == null) {
                    hasEnded = true;
                } else {
                    lines.add(line);
                }
                gate.signalAll();
            } finally {
                gate.unlock();
            }
        }

        void say(String line) throws IOException {
            in.write(line);
            in.newLine();
            in.flush();
        }

        /** The words of its next line. */
        List<String> next(Deadline end, int tokens) throws IOException, InterruptedException {
            gate.lock();
            try {
                while (lines.isEmpty()) {
                    if (hasEnded) {
                        throw new IOException("the stock client ended after " + tokens + " tokens");
                    }
                    if (!gate.await(end)) {
                        throw new IOException("given up after " + tokens + " tokens: its time was over");
                    }
                }
                return List.of(lines.remove().split(" "));
            } finally {
                gate.unlock();
            }
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            process.onExit().join();
            reader.close();
        }
    }
}
