package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.swarm.Span;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlsoServedTest {

    @Test
    void optionsFollowTheModel() {
        assertThat(AlsoServed.parse("smollm2-135m"))
                .isEqualTo(new AlsoServed("smollm2-135m", null, null, null, null, List.of(), null));
        assertThat(AlsoServed.parse("./m,dht-prefix=m,block-indices=2:5,attn-cache-tokens=64"))
                .isEqualTo(new AlsoServed("./m", "m", new Span(2, 5), null, 64, List.of(), null));
        assertThat(AlsoServed.parse("m,num-blocks=3").blockCount()).isEqualTo(3);
        AlsoServed adapted = AlsoServed.parse("m,adapter=cats=someone/cats@main,adapter=./dogs,adapters-dir=./others");
        assertThat(adapted.adapters()).containsExactly("cats=someone/cats@main", "./dogs");
        assertThat(adapted.adaptersFolder()).isEqualTo(Path.of("./others"));
    }

    @Test
    void whatIsNotUnderstoodIsSaid() {
        assertThatThrownBy(() -> AlsoServed.parse("m,blocks=3"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("'blocks' is none of dht-prefix, block-indices");
        assertThatThrownBy(() -> AlsoServed.parse("m,num-blocks"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("'num-blocks' is not OPTION=VALUE");
        assertThatThrownBy(() -> AlsoServed.parse("m,num-blocks=many"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("num-blocks cannot be 'many'");
    }
}
