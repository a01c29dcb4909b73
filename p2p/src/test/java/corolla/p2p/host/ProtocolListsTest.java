package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProtocolListsTest {
    private final ProtocolLists lists = new ProtocolLists();

    @Test
    void equalAnswersAreKeptOnceInThePeersOrder() {
        Set<String> first = lists.shared(List.of("/b", "/a", "/b"));
        assertThat(first).containsExactly("/b", "/a");
        assertThat(lists.shared(List.of("/b", "/a", "/b"))).isSameAs(first);
        assertThat(lists.shared(List.of("/a", "/b"))).containsExactly("/a", "/b");
    }

    @Test
    void answersThatNobodyGivesAnyMoreAreForgotten() {
        Set<String> common = lists.shared(List.of("/common"));
        Set<String> rare = lists.shared(List.of("/rare"));
        for (int i = 0; i < 100; i++) {
            assertThat(lists.shared(List.of("/common"))).isSameAs(common);
            assertThat(lists.shared(List.of("/only " + i))).hasSize(1);
        }
        assertThat(lists.shared(List.of("/rare"))).isEqualTo(rare).isNotSameAs(rare);
    }
}
