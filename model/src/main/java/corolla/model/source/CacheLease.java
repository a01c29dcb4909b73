package corolla.model.source;

import corolla.base.random.Randoms;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Says which files of the cache somebody uses, and how many bytes he still brings: a note, and beside it a file that its owner
 * keeps locked, so that the system ends the claim with the process. A lock belongs to a process, which loses it by closing any
 * channel of the file (POSIX): nobody looks at the lock files of his own process. All methods need the cache's {@link CacheLock}.
 */
final class CacheLease implements AutoCloseable {
    private static final String FOLDER = ".in-use";
    private static final String NOTE = ".held";
    private static final String LOCK = ".lock";
    private static final int TEXT_BYTES_MAX = 16 << 20;

    private final Path models;
    private final Path note;
    private final Path lockFile;
    private final FileChannel channel;
    private final Set<String> held = new LinkedHashSet<>();

    private CacheLease(Path models, Path note, Path lockFile, FileChannel channel) {
        this.models = models;
        this.note = note;
        this.lockFile = lockFile;
        this.channel = channel;
    }

    @SuppressWarnings("MustBeClosedChecker") // the lease owns the channel, and the channel the lock
    static CacheLease open(Path models, Randoms randoms) throws IOException {
        byte[] random = new byte[8];
        randoms.secret(random);
        String name = processName() + HexFormat.of().formatHex(random);
        Path folder = Files.createDirectories(models.resolve(FOLDER));
        Path lockFile = folder.resolve(name + LOCK);
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        channel.lock();
        return new CacheLease(models, folder.resolve(name + NOTE), lockFile, channel);
    }

    /** Tells processes apart, also those of containers, which have the same few numbers. */
    private static String processName() {
        ProcessHandle process = ProcessHandle.current();
        long started = process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return process.pid() + "-" + started + "-";
    }

    /** Adds files, and says how many bytes are to come. */
    void hold(List<CacheFile> files, long bytesToCome) throws IOException {
        files.forEach(some -> held.add(name(models, some.path())));
        Files.writeString(note, bytesToCome + "\n" + String.join("\n", held));
    }

    /** Whether a file is about leases, and not about models. */
    static boolean isNote(Path models, Path file) {
        return file.startsWith(models.resolve(FOLDER));
    }

    static String name(Path models, Path file) {
        return models.relativize(file).toString();
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(note);
        channel.close();
        Files.deleteIfExists(lockFile);
    }

    /**
     * What all that live hold.
     *
     * @param names of files, relative to the folder of models
     * @param bytesToCome what they still bring
     */
    record Held(Set<String> names, long bytesToCome) {}

    /** Reads all leases, and removes those whose owner has ended. */
    static Held readAll(Path models) throws IOException {
        Path folder = models.resolve(FOLDER);
        if (!Files.isDirectory(folder)) {
            return new Held(Set.of(), 0);
        }
        List<Path> notes;
        try (Stream<Path> files = Files.list(folder)) {
            notes = files.filter(file -> file.toString().endsWith(NOTE)).toList();
        }
        Set<String> names = new LinkedHashSet<>();
        long bytesToCome = 0;
        for (Path note : notes) {
            String name = String.valueOf(note.getFileName());
            Path lockFile = note.resolveSibling(name.substring(0, name.length() - NOTE.length()) + LOCK);
            if (!name.startsWith(processName()) && isEnded(lockFile)) {
                Files.deleteIfExists(note);
                Files.deleteIfExists(lockFile);
            } else if (Files.exists(note) && Files.size(note) <= TEXT_BYTES_MAX) {
                List<String> lines = Files.readAllLines(note);
                bytesToCome += lines.isEmpty() ? 0 : Long.parseLong(lines.getFirst());
                names.addAll(lines.subList(Math.min(1, lines.size()), lines.size()));
            }
        }
        return new Held(names, bytesToCome);
    }

    private static boolean isEnded(Path lockFile) throws IOException {
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException endedJustNow) {
            return true;
        }
    }
}
