package corolla.p2p.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.time.DeadlineException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class RpcErrorsTest {

    private static String repr(Throwable failure) {
        return RpcErrors.repr(failure, 20);
    }

    @Test
    void exceptionsLookLikePythons() {
        assertThat(repr(new IllegalArgumentException("boom"))).isEqualTo("ValueError('boom')");
        assertThat(repr(new IllegalStateException("boom"))).isEqualTo("RuntimeError('boom')");
        assertThat(repr(new DeadlineException("late"))).isEqualTo("TimeoutError('late')");
        assertThat(repr(new IOException())).isEqualTo("IOException()");
    }

    @Test
    void textsAreQuotedAsPythonDoes() {
        assertThat(repr(new IOException("it's"))).isEqualTo("IOException(\"it's\")");
        assertThat(repr(new IOException("'\""))).isEqualTo("IOException('\\'\"')");
        assertThat(repr(new IOException("a\nb\\\t\u0001"))).isEqualTo("IOException('a\\nb\\\\\\t\\x01')");
    }

    @Test
    void longTextsAreCut() {
        assertThat(repr(new IOException("x".repeat(30)))).isEqualTo("IOException('" + "x".repeat(20) + "…')");
    }
}
