package corolla.model.source;

import static corolla.model.source.HubHarness.SINGLE;
import static corolla.model.source.HubHarness.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much the cache holds, and what goes when it is full. */
class ModelCacheTest {
    @TempDir
    Path cache;

    private HubHarness harness;

    @BeforeEach
    void open() throws Exception {
        harness = new HubHarness(cache);
        harness.putSingle();
    }

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void whatWasNotUsedForLongestGoesFirst() throws Exception {
        fetchBlocks(0, 3);
        Path pieces = pieces();
        String[] names = filesIn(pieces).stream()
                .filter(name -> name.matches("\\d+-\\d+"))
                .sorted((a, b) -> Long.compare(start(a), start(b)))
                .toArray(String[]::new);
        setUsed(pieces.resolve(names[0]), 300);
        setUsed(pieces.resolve(names[1]), 100); // block 1 for longest
        setUsed(pieces.resolve(names[2]), 200);
        limit(used() + 50); // the embeddings and norm need 400 more: one piece must go
        harness.resolve("org/tiny", ModelParts.onlyEnds());
        assertThat(pieces.resolve(names[1])).doesNotExist();
        assertThat(pieces.resolve(names[0])).exists();
        assertThat(pieces.resolve(names[2])).exists();
        fetchBlocks(1, 2); // comes again when it is asked for, in the place of another
        assertThat(pieces.resolve(names[1])).exists();
        assertThat(pieces.resolve(names[2])).doesNotExist();
    }

    @Test
    void whatIsInUseStays() throws Exception {
        try (ModelSource user = harness.source()) {
            harness.resolve(user, "org/tiny", ModelParts.blocks(0, 2));
            limit(used() + 50);
            assertThatThrownBy(() -> fetchBlocks(2, 3))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no room for 400 bytes more")
                    .hasMessageContaining("0 may be removed")
                    .hasMessageContaining("--max-disk-space");
        }
        fetchBlocks(2, 3); // he has ended
        assertThat(used()).isLessThanOrEqualTo(harness.config().cacheBytesMax());
    }

    @Test
    void whatAnotherBringsCounts() throws Exception {
        harness.resolve("org/tiny", ModelParts.none());
        Path coming = cache.resolve("models/hub/a/x.safetensors");
        limit(used() + 100_000);
        try (var other = new ModelCache(harness.environment, harness.config())) {
            other.makeRoom(List.of(new CacheFile(coming, 99_000)), Deadline.never(harness.environment.clock()));
            assertThatThrownBy(() -> fetchBlocks(0, 3))
                    .hasMessageContaining("no room for 1,200 bytes")
                    .hasMessageContaining("others bring 99,000");
        }
        fetchBlocks(0, 3);
    }

    @Test
    void leaseOfAnEndedProcessIsNone() throws Exception {
        fetchBlocks(0, 1);
        Path lease = cache.resolve("models/.in-use/1-2-0123456789abcdef.held");
        Files.writeString(lease, "99999999999999\nhub/org--tiny@main/" + SINGLE + ".pieces/1-2");
        Files.createFile(cache.resolve("models/.in-use/1-2-0123456789abcdef.lock"));
        limit(used() + 10_000);
        fetchBlocks(0, 2);
        assertThat(lease).doesNotExist();
    }

    @Test
    void modelThatIsHereNeedsNoRoom() throws Exception {
        fetchBlocks(0, 1);
        limit(1);
        fetchBlocks(0, 1);
    }

    private void fetchBlocks(int start, int end) throws IOException, InterruptedException {
        harness.resolve("org/tiny", ModelParts.blocks(start, end));
    }

    private void limit(long bytes) {
        harness.configure(harness.config().withCacheBytesMax(bytes));
    }

    private Path pieces() {
        return cache.resolve("models/hub/org--tiny@main/" + SINGLE + ".pieces");
    }

    private long used() throws IOException {
        long bytes = 0;
        Path models = cache.resolve("models");
        for (String name : filesIn(models)) {
            bytes += name.startsWith(".") ? 0 : Files.size(models.resolve(name));
        }
        return bytes;
    }

    private static long start(String piece) {
        return Long.parseLong(piece.substring(0, piece.indexOf('-')));
    }

    private static void setUsed(Path file, long seconds) throws IOException {
        FileTime time = FileTime.from(Instant.ofEpochSecond(seconds));
        Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(null, time, null);
    }
}
