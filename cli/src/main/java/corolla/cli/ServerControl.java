package corolla.cli;

import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How {@code corolla pause} and {@code corolla resume} reach a server of the same user on the same machine: two small files in a folder that
 * only this user may enter, one for each wish and one for how it stands. No port is open for it. Closed before the servers.
 */
final class ServerControl implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ServerControl.class.getName());

    /** How often a wish is looked for. */
    private static final Duration PERIOD = Duration.ofMillis(500);

    private static final int WISH_CHARACTERS_MAX = 64;

    private final ControlFiles files;
    private final RunningServers servers;
    private final Clock clock;
    private final TaskScope scope;

    /** The files of one process. */
    record ControlFiles(Path folder, long pid) {
        private static final Pattern OF_PROCESS = Pattern.compile("([0-9]{1,18})\\.(wish|state)(\\.new)?");

        static ControlFiles in(Path cache, long pid) {
            return new ControlFiles(cache.resolve("run"), pid);
        }

        Path wish() {
            return folder.resolve(pid + ".wish");
        }

        Path state() {
            return folder.resolve(pid + ".state");
        }

        /** Makes the folder, for this user alone where the file system knows users. */
        void makeFolder() throws IOException {
            Files.createDirectories(folder);
            if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            }
        }

        void write(Path file, String text) throws IOException {
            Path fresh = folder.resolve(file.getFileName() + ".new");
            Files.writeString(fresh, text);
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }

        /** What servers left that were killed. */
        void removeLeftBehind() throws IOException {
            try (Stream<Path> all = Files.list(folder)) {
                for (Path file : all.toList()) {
                    Matcher name = OF_PROCESS.matcher(file.getFileName().toString());
                    if (name.matches()
                            && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
        }

        /** Reads a file that may not be there. */
        static Optional<String> read(Path file) throws IOException {
            if (!Files.exists(file) || Files.size(file) > 1 << 16) {
                return Optional.empty();
            }
            return Optional.of(Files.readString(file).strip());
        }
    }

    private ServerControl(ControlFiles files, RunningServers servers, TaskScopes tasks, Clock clock) {
        this.files = files;
        this.servers = servers;
        this.clock = clock;
        this.scope = tasks.open("control");
    }

    /** Begins to obey; without the folder the server runs all the same. */
    static ServerControl start(ControlFiles files, RunningServers servers, TaskScopes tasks, Clock clock) {
        var control = new ServerControl(files, servers, tasks, clock);
        try {
            files.makeFolder();
            files.removeLeftBehind();
            Files.deleteIfExists(files.wish()); // of a process that had our number before
            control.scope.run("obey", control::obey);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "no 'corolla pause' for this server: {0}", e.toString());
        }
        return control;
    }

    private void obey() throws IOException, InterruptedException {
        String told = "";
        while (true) {
            String state = servers.state();
            if (!state.equals(told)) {
                files.write(files.state(), state);
                told = state;
            }
            Optional<String> wish = ControlFiles.read(files.wish());
            if (wish.isPresent()) {
                Files.deleteIfExists(files.wish());
                obey(wish.get());
            } else {
                clock.sleep(PERIOD);
            }
        }
    }

    private void obey(String wish) throws InterruptedException {
        switch (wish) {
            case "pause" -> servers.pause();
            case "resume" -> servers.resume();
            default ->
                LOG.log(
                        Level.WARNING,
                        "unknown wish ignored: {0}",
                        wish.substring(0, Math.min(wish.length(), WISH_CHARACTERS_MAX)));
        }
    }

    @Override
    public void close() {
        scope.close();
        try {
            Files.deleteIfExists(files.state());
            Files.deleteIfExists(files.wish());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "control files stay: {0}", e.toString());
        }
    }
}
