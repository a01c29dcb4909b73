package corolla.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomsContractTest {

    @ParameterizedTest
    @EnumSource
    void streamsAndSecretsDiffer(Twin twin) throws Exception {
        twin.run((one, other, _) -> {
            assertThat(one.randoms().stream("a").nextLong())
                    .isNotEqualTo(one.randoms().stream("b").nextLong())
                    .isNotEqualTo(one.randoms().stream("a").nextLong())
                    .isNotEqualTo(other.randoms().stream("a").nextLong());
            byte[] first = new byte[32];
            byte[] second = new byte[32];
            one.randoms().secret(first);
            one.randoms().secret(second);
            assertThat(first).isNotEqualTo(second).isNotEqualTo(new byte[32]);
        });
    }
}
