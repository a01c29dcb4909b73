package corolla.model.source;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.model.source.HubListing.HubFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Fetches a model from the Hugging Face hub into the cache: a revision is looked up once and stays at that commit; files
 * are fetched as they are needed. Thread-safe.
 */
final class HubFetcher {
    private static final System.Logger LOG = System.getLogger(HubFetcher.class.getName());
    private static final String LISTING = ".listing.json";
    private static final int LISTING_BYTES_MAX = 32 << 20;
    private static final int ATTEMPTS_MAX = 5; // without a byte of progress between them
    private static final Duration BACKOFF = Duration.ofSeconds(1); // doubled each time
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(60);
    private static final Duration STALL_MAX = Duration.ofSeconds(60); // without a byte
    private static final Duration TELL_EVERY = Duration.ofMillis(500);

    private final Environment environment;
    private final SourceConfig config;

    HubFetcher(Environment environment, SourceConfig config) {
        this.environment = environment;
        this.config = config;
    }

    /** The model's folder, or its GGUF file. */
    Path fetch(HubId id, ModelParts parts, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        Path folder = config.cache().resolve("models").resolve("hub").resolve(id.folderName());
        try (CacheLock lock = CacheLock.acquire(folder, environment.clock(), deadline);
                HubClient client = new HubClient(environment, config)) {
            return fetchLocked(id, parts, folder, client, progress, deadline);
        } catch (DeadlineException late) {
            throw late;
        } catch (IOException failed) {
            throw new IOException(
                    "cannot get " + id.repository() + " (revision " + id.revision() + ") from " + config.hubEndpoint()
                            + ": " + failed.getMessage(),
                    failed);
        }
    }

    private Path fetchLocked(
            HubId id, ModelParts parts, Path folder, HubClient client, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        HubListing listing = listing(id, folder, client, deadline);
        Set<String> names = listing.files().keySet();
        String base = "/" + id.repository() + "/resolve/" + listing.commit() + "/";
        if (id.file().isPresent()) {
            for (String name : NeededFiles.gguf(names, id.file().get())) {
                fetchFile(listing, name, base, folder, client, progress, deadline);
            }
            return folder.resolve(id.file().get());
        }
        for (String name : NeededFiles.small(names)) {
            fetchFile(listing, name, base, folder, client, progress, deadline);
        }
        Path index = folder.resolve(NeededFiles.INDEX);
        byte[] map = Files.exists(index) ? Files.readAllBytes(index) : new byte[0];
        for (String name : NeededFiles.weights(names, map, parts)) {
            fetchFile(listing, name, base, folder, client, progress, deadline);
        }
        return folder;
    }

    private HubListing listing(HubId id, Path folder, HubClient client, Deadline deadline)
            throws IOException, InterruptedException {
        Path cached = folder.resolve(LISTING);
        if (!Files.exists(cached)) {
            Path part = folder.resolve(LISTING + ".part");
            String path = "/api/models/" + id.repository() + "/revision/" + id.revision() + "?blobs=true";
            Files.deleteIfExists(part);
            transfer(new Transfer(client, path, part, -1), LISTING, SourceProgress.SILENT, deadline);
            if (Files.size(part) > LISTING_BYTES_MAX) {
                throw new IOException("the list of files has " + Files.size(part) + " bytes");
            }
            HubListing.parse(Files.readAllBytes(part));
            Files.move(part, cached, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
        return HubListing.parse(Files.readAllBytes(cached));
    }

    private void fetchFile(
            HubListing listing,
            String name,
            String base,
            Path folder,
            HubClient client,
            SourceProgress progress,
            Deadline deadline)
            throws IOException, InterruptedException {
        HubFile file = listing.files().get(name);
        if (file == null) {
            throw new IOException("it has no file " + name);
        }
        Path target = folder.resolve(name);
        if (Files.exists(target) && (file.bytes() < 0 || Files.size(target) == file.bytes())) {
            return;
        }
        Files.createDirectories(target.toAbsolutePath().getParent());
        Path part = target.resolveSibling(target.getFileName() + ".part");
        String path = base + name.replace(" ", "%20");
        transfer(new Transfer(client, path, part, file.bytes()), name, progress, deadline);
        checkHash(file, part);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        progress.fetched(name, Files.size(target), Files.size(target));
    }

    private static void checkHash(HubFile file, Path part) throws IOException {
        Optional<String> expected = file.sha256();
        if (expected.isPresent() && !Sha256.of(part).equals(expected.get())) {
            Files.delete(part); // so that the next try begins anew
            throw new IOException(
                    file.name() + " came with another SHA-256 than " + expected.get() + "; it was removed, try again");
        }
    }

    /** Tries until the file is whole; gives up after some attempts that brought nothing, and at the deadline. */
    private void transfer(Transfer transfer, String name, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        List<String> failures = new ArrayList<>();
        long bytesBefore = -1;
        while (true) {
            try {
                attempt(transfer, name, progress, deadline);
                return;
            } catch (DeadlineException late) {
                throw late;
            } catch (IOException failed) {
                Optional<Duration> wished =
                        failed instanceof HubException answer ? answer.retryAfter() : Optional.empty();
                if (failed instanceof HubException answer && !answer.isWorthRetrying()) {
                    throw failed;
                }
                if (transfer.bytes() > bytesBefore) {
                    failures.clear();
                }
                bytesBefore = transfer.bytes();
                failures.add(String.valueOf(failed.getMessage()));
                if (failures.size() >= ATTEMPTS_MAX) {
                    throw new IOException(
                            name + " failed " + failures.size() + " times, at last: " + failures.getLast(), failed);
                }
                LOG.log(
                        System.Logger.Level.DEBUG,
                        "download interrupted file={0} bytes={1} why={2}",
                        name,
                        bytesBefore,
                        failed);
                pause(wished.orElse(BACKOFF.multipliedBy(1L << failures.size() - 1)), name, deadline);
            }
        }
    }

    private void pause(Duration wished, String name, Deadline deadline) throws IOException, InterruptedException {
        Duration time = wished.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : wished;
        if (deadline.remaining(environment.clock()).compareTo(time) <= 0) {
            throw new DeadlineException("no time left to try " + name + " again");
        }
        environment.clock().sleep(time);
    }

    private void attempt(Transfer transfer, String name, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        try (TaskScope scope = environment.tasks().open("download of " + name)) {
            Task<Boolean> task = scope.fork("transfer", () -> {
                transfer.run();
                return true;
            });
            long bytes = -1;
            Deadline stall = Deadline.after(environment.clock(), STALL_MAX);
            while (!isDone(task, deadline)) {
                progress.fetched(name, transfer.bytes(), transfer.bytesTotal());
                if (transfer.bytes() != bytes) {
                    bytes = transfer.bytes();
                    stall = Deadline.after(environment.clock(), STALL_MAX);
                } else if (stall.isOver(environment.clock())) {
                    throw new IOException(
                            name + " stalled for " + STALL_MAX.toSeconds() + " s after " + bytes + " bytes");
                }
            }
        }
    }

    private boolean isDone(Task<Boolean> task, Deadline deadline) throws IOException, InterruptedException {
        Deadline soon = Deadline.after(environment.clock(), TELL_EVERY);
        try {
            task.await(soon.earlier(deadline));
            return true;
        } catch (DeadlineException goesOn) {
            if (deadline.isOver(environment.clock())) {
                throw new DeadlineException("download did not end in time");
            }
            return false;
        }
    }
}
