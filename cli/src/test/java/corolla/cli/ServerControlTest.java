package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.cli.ServerControl.ControlFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerControlTest {
    /** Above what a system counts to. */
    private static final long NOBODY = 999_999_999_999L;

    @TempDir
    private Path cache;

    @Test
    void filesOfKilledServersAreRemoved() throws IOException {
        var own = ControlFiles.in(cache, ProcessHandle.current().pid());
        var killed = ControlFiles.in(cache, NOBODY);
        own.makeFolder();
        Path other = own.folder().resolve("12.txt");
        Files.writeString(other, "");
        for (ControlFiles files : new ControlFiles[] {own, killed}) {
            files.write(files.state(), "m paused 0:3");
            files.write(files.wish(), "resume");
        }
        own.removeLeftBehind();
        try (var left = Files.list(own.folder())) {
            assertThat(left).containsExactlyInAnyOrder(own.state(), own.wish(), other);
        }
    }
}
