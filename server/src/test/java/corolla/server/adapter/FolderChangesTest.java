package corolla.server.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.server.adapter.FolderChanges.Change;
import corolla.server.adapter.FolderChanges.Stamp;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FolderChangesTest {
    private static final Stamp ONE = new Stamp(10, 1, 100, 1);
    private static final Stamp OTHER = new Stamp(10, 1, 200, 2);

    private final FolderChanges changes = new FolderChanges();

    @Test
    void newFolderIsLoadedWhenItStaysTheSame() {
        assertThat(changes.next(Map.of("cats", ONE))).isEmpty();
        assertThat(changes.next(Map.of("cats", ONE))).containsExactly(new Change.Load("cats"));
        assertThat(changes.next(Map.of("cats", ONE))).isEmpty();
    }

    @Test
    void folderThatIsBeingCopiedIsWaitedFor() {
        assertThat(changes.next(Map.of("cats", ONE))).isEmpty();
        assertThat(changes.next(Map.of("cats", OTHER))).isEmpty();
        assertThat(changes.next(Map.of("cats", OTHER))).containsExactly(new Change.Load("cats"));
    }

    @Test
    void vanishedFolderIsRemovedAndMayComeBack() {
        changes.next(Map.of("cats", ONE, "dogs", ONE));
        changes.next(Map.of("cats", ONE, "dogs", ONE));
        assertThat(changes.next(Map.of("dogs", ONE))).containsExactly(new Change.Remove("cats"));
        assertThat(changes.next(Map.of("dogs", ONE))).isEmpty();
        changes.next(Map.of("cats", ONE, "dogs", ONE));
        assertThat(changes.next(Map.of("cats", ONE, "dogs", ONE))).containsExactly(new Change.Load("cats"));
    }

    @Test
    void changedFolderIsLoadedAnew() {
        changes.next(Map.of("cats", ONE));
        changes.next(Map.of("cats", ONE));
        assertThat(changes.next(Map.of("cats", OTHER))).isEmpty();
        assertThat(changes.next(Map.of("cats", OTHER))).containsExactly(new Change.Load("cats"));
    }

    @Test
    void folderThatGoesBeforeItWasLoadedIsNobodysBusiness() {
        changes.next(Map.of("cats", ONE));
        assertThat(changes.next(Map.of())).isEmpty();
    }
}
