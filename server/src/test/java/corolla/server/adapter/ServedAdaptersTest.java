package corolla.server.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.testkit.models.GoldenAdapters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does: by calls, and by a folder that is watched. */
class ServedAdaptersTest {
    @TempDir
    Path folder;

    private final AtomicInteger told = new AtomicInteger();
    private AdaptedBlocks golden;
    private AdapterTable table;
    private ServedAdapters served;
    private Path watched;
    private AdapterFolder watcher;

    @BeforeEach
    void start() throws IOException {
        golden = new AdaptedBlocks(folder);
        table = new AdapterTable(() -> golden.blocks, AdapterLimits.defaults());
        served = new ServedAdapters(table, told::incrementAndGet);
        watched = Files.createDirectory(folder.resolve("watched"));
        watcher = new AdapterFolder(
                watched,
                served,
                AdapterLimits.defaults(),
                golden.real.environment().clock());
    }

    @AfterEach
    void stop() {
        table.close();
        golden.close();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (String file : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
            Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void delete(Path adapter) throws IOException {
        try (Stream<Path> files = Files.list(adapter)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(adapter);
    }

    @Test
    void eachChangeIsTold() throws Exception {
        served.load("cats", AdapterSource.of(golden.all));
        assertThat(served.names()).containsExactly("cats");
        assertThat(served.remove("cats")).isTrue();
        assertThat(served.remove("cats")).isFalse();
        assertThat(told).hasValue(2);
        assertThat(served.bytes()).isZero();
    }

    @Test
    void adapterOfAnotherModelIsRefusedAndTheFormerServesOn() throws Exception {
        served.load("cats", AdapterSource.of(golden.all));
        long bytes = served.bytes();
        Path foreign = GoldenAdapters.unpack("bloom/all", folder);
        assertThatThrownBy(() -> served.load("cats", AdapterSource.of(foreign))).isInstanceOf(IOException.class);
        assertThat(served.names()).containsExactly("cats");
        assertThat(served.bytes()).isEqualTo(bytes);
        assertThat(told).hasValue(1);
    }

    @Test
    void otherBlocksGetAllThatCanBeFitted() throws Exception {
        Path away = folder.resolve("away");
        copy(golden.some, away);
        served.load("cats", AdapterSource.of(golden.all));
        served.load("dogs", AdapterSource.of(away));
        delete(away);
        long before = served.bytes();
        try (var warnings = new RecordedWarnings(ServedAdapters.class);
                AdapterLease former = table.lease("cats").orElseThrow()) {
            float[] expected = golden.forward(former.adapter());
            golden.extend();
            assertThat(table.outdated()).containsExactly("cats", "dogs");
            served.refit();
            assertThat(table.outdated()).isEmpty();
            assertThat(served.names()).containsExactly("cats");
            assertThat(warnings.messages()).singleElement().asString().contains("adapter dogs is not served any more");
            assertThat(golden.forward(former.adapter())).isEqualTo(expected);
            try (AdapterLease fresh = table.lease("cats").orElseThrow()) {
                assertThat(golden.forward(fresh.adapter())).isEqualTo(expected);
                assertThat(golden.forward(fresh.adapter(), 3, 4)).isNotEqualTo(golden.forward(null, 3, 4));
                assertThatThrownBy(() -> golden.forward(former.adapter(), 3, 4))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("made for [1, 3)");
            }
            assertThat(served.bytes()).isGreaterThan(before);
        }
    }

    @Test
    void folderIsLoadedAtTheStart() throws Exception {
        copy(golden.all, watched.resolve("cats"));
        copy(golden.some, watched.resolve(".being-copied"));
        watcher.loadAll();
        assertThat(served.names()).containsExactly("cats");
    }

    @Test
    void whatAppearsIsLoadedAndWhatVanishesIsRemoved() throws Exception {
        watcher.loadAll();
        copy(golden.all, watched.resolve("cats"));
        watcher.poll();
        assertThat(served.names()).isEmpty(); // it may still be copied
        watcher.poll();
        assertThat(served.names()).containsExactly("cats");
        delete(watched.resolve("cats"));
        watcher.poll();
        assertThat(served.names()).isEmpty();
        assertThat(told).hasValue(2);
    }

    @Test
    void brokenOneIsOneWarningUntilItChanges() throws Exception {
        Path broken = Files.createDirectory(watched.resolve("cats"));
        Files.writeString(broken.resolve("adapter_config.json"), "{");
        try (var warnings = new RecordedWarnings(AdapterFolder.class)) {
            watcher.loadAll();
            watcher.poll();
            watcher.poll();
            assertThat(warnings.messages()).singleElement().asString().contains("adapter cats not loaded");
            copy(golden.all, broken);
            watcher.poll();
            watcher.poll();
            assertThat(warnings.messages()).hasSize(1);
        }
        assertThat(served.names()).containsExactly("cats");
    }

    @Test
    void newVersionReplacesTheOldOneAndABrokenOneDoesNot() throws Exception {
        copy(golden.all, watched.resolve("cats"));
        watcher.loadAll();
        long bytes = served.bytes();
        copy(golden.some, watched.resolve("cats"));
        watcher.poll();
        watcher.poll();
        assertThat(served.bytes()).isNotEqualTo(bytes).isPositive();
        try (var warnings = new RecordedWarnings(AdapterFolder.class)) {
            Files.writeString(watched.resolve("cats/adapter_model.safetensors"), "no tensors");
            watcher.poll();
            watcher.poll();
            assertThat(warnings.messages()).singleElement().asString().contains("its former version is served on");
        }
        assertThat(served.names()).containsExactly("cats");
    }

    @Test
    void folderTakesNoNameThatIsServedFromElsewhere() throws Exception {
        served.load("cats", AdapterSource.of(golden.some));
        long bytes = served.bytes();
        copy(golden.all, watched.resolve("cats"));
        try (var warnings = new RecordedWarnings(AdapterFolder.class)) {
            watcher.loadAll();
            assertThat(warnings.messages()).singleElement().asString().contains("served from elsewhere");
        }
        delete(watched.resolve("cats"));
        watcher.poll();
        assertThat(served.names()).containsExactly("cats");
        assertThat(served.bytes()).isEqualTo(bytes);
    }

    @Test
    void diskThatIsAwayTakesNothingAway() throws Exception {
        copy(golden.all, watched.resolve("cats"));
        watcher.loadAll();
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(watched, elsewhere);
        try (var warnings = new RecordedWarnings(AdapterFolder.class)) {
            watcher.poll();
            watcher.poll();
            assertThat(warnings.messages()).hasSize(1);
        }
        assertThat(served.names()).containsExactly("cats");
        Files.move(elsewhere, watched);
        watcher.poll();
        assertThat(served.names()).containsExactly("cats");
    }
}
