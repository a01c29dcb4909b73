package corolla.base.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.time.Deadline;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NameResolverTest {
    private final SystemClock clock = new SystemClock();
    private final NameResolver names = new NameResolver(clock);

    @Test
    void literalsNeedNoLookUp() throws Exception {
        assertThat(names.resolve("192.0.2.1", Deadline.after(clock, Duration.ZERO)))
                .singleElement()
                .returns("192.0.2.1", address -> address.getHostAddress());
        assertThat(names.resolve("::1", Deadline.after(clock, Duration.ZERO))).hasSize(1);
    }

    @Test
    void namesAreLookedUp() throws Exception {
        assertThat(names.resolve("localhost", Deadline.after(clock, Duration.ofSeconds(20))))
                .isNotEmpty()
                .allMatch(address -> address.isLoopbackAddress());
    }

    @Test
    void aNameThatDoesNotExistSaysSo() {
        assertThatThrownBy(() -> names.resolve("no-such-host.invalid", Deadline.after(clock, Duration.ofSeconds(30))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no-such-host.invalid");
    }
}
