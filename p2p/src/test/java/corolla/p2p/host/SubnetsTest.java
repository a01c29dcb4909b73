package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SubnetsTest {
    @Test
    void neighboursOfIp6ShareASubnetAndThoseOfIp4DoNot() {
        assertThat(Subnets.of("192.0.2.1")).isNotEqualTo(Subnets.of("192.0.2.2"));
        assertThat(Subnets.of("2001:db8:0:1::1")).isEqualTo(Subnets.of("2001:db8:0:2::77"));
        assertThat(Subnets.of("2001:db8:0:1::1")).isNotEqualTo(Subnets.of("2001:db8:1::1"));
        assertThat(Subnets.of("fe80::1%eth0")).isEqualTo(Subnets.of("fe80::2"));
    }
}
