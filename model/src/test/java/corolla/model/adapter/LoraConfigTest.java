package corolla.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** PEFT's rules for which module is changed, with which rank and scale. */
class LoraConfigTest {
    private static final String QUERY = "model.layers.3.self_attn.q_proj";
    private static final String VALUE = "model.layers.3.self_attn.v_proj";

    private static LoraConfig read(String rest) {
        String json = "{\"peft_type\":\"LORA\",\"r\":8,\"lora_alpha\":16," + rest + "}";
        return LoraConfigReader.read(json.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isIncluded(String module, String rest) {
        return read(rest).targets().include(module);
    }

    @Test
    void scaleIsAlphaByRankOrByItsRoot() {
        assertThat(read("\"target_modules\":[\"q_proj\"]").scale(QUERY)).isEqualTo(2);
        assertThat(read("\"target_modules\":[\"q_proj\"],\"use_rslora\":true").scale(QUERY))
                .isCloseTo((float) (16 / Math.sqrt(8)), within(1e-6f));
    }

    @Test
    void patternsGiveSomeModulesOtherRanksAndAlphas() {
        LoraConfig config = read("\"target_modules\":[\"q_proj\",\"v_proj\"],\"rank_pattern\":{\"q_proj\":4,\"q.*\":2},"
                + "\"alpha_pattern\":{\"layers.3.self_attn.v_proj\":32,\"model.layers.[45].*\":1}");
        assertThat(config.rank(QUERY)).isEqualTo(4);
        assertThat(config.scale(QUERY)).isEqualTo(4);
        assertThat(config.rank(VALUE)).isEqualTo(8);
        assertThat(config.scale(VALUE)).isEqualTo(4);
        assertThat(config.scale("model.layers.4.self_attn.v_proj")).isEqualTo(0.125f);
        assertThat(config.rank("model.layers.3.self_attn.other_q_proj")).isEqualTo(8);
    }

    @Test
    void listNamesEndsOfNamesAfterADot() {
        String list = "\"target_modules\":[\"q_proj\",\"self_attn.v_proj\"]";
        assertThat(isIncluded(QUERY, list)).isTrue();
        assertThat(isIncluded(VALUE, list)).isTrue();
        assertThat(isIncluded("q_proj", list)).isTrue();
        assertThat(isIncluded("model.layers.3.other_attn.v_proj", list)).isFalse();
        assertThat(isIncluded("model.layers.3.self_attn.my_q_proj", list)).isFalse();
    }

    @Test
    void textIsARegularExpressionForWholeNames() {
        assertThat(isIncluded(QUERY, "\"target_modules\":\".*layers\\\\.[1-9]\\\\..*q_proj\""))
                .isTrue();
        assertThat(isIncluded(QUERY, "\"target_modules\":\"q_proj\"")).isFalse();
        assertThat(isIncluded(QUERY, "\"target_modules\":\"all-linear\"")).isTrue();
    }

    @Test
    void layersAreTheNumberAfterAName() {
        String list = "\"target_modules\":[\"q_proj\",\"w1\"],\"layers_to_transform\":";
        assertThat(isIncluded(QUERY, list + "[2,3]")).isTrue();
        assertThat(isIncluded(QUERY, list + "3")).isTrue();
        assertThat(isIncluded(QUERY, list + "[2]")).isFalse();
        assertThat(isIncluded(QUERY, list + "[3],\"layers_pattern\":\"layers\""))
                .isTrue();
        assertThat(isIncluded(QUERY, list + "[3],\"layers_pattern\":[\"h\"]")).isFalse();
        // PEFT finds the last number where no pattern is given: an expert's.
        assertThat(isIncluded("model.layers.3.moe.experts.5.w1", list + "[5]")).isTrue();
        assertThat(isIncluded("model.layers.3.moe.experts.5.w1", list + "[3],\"layers_pattern\":\"layers\""))
                .isTrue();
    }

    @Test
    void excludedModulesAreLeftOut() {
        String list = "\"target_modules\":[\"q_proj\",\"v_proj\"],\"exclude_modules\":";
        assertThat(isIncluded(QUERY, list + "[\"self_attn.q_proj\"]")).isFalse();
        assertThat(isIncluded(VALUE, list + "[\"self_attn.q_proj\"]")).isTrue();
        assertThat(isIncluded(VALUE, list + "\".*v_proj\"")).isFalse();
    }
}
