package corolla.model.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DhtPrefixTest {

    @ParameterizedTest
    @CsvSource({
        "bloom, bigscience/bloom-560m, bigscience/bloom-560m-petals",
        "bloom, bigscience/bloom-petals, bigscience/bloom-petals",
        "llama, Maykeye/TinyLLama-v0, TinyLLama-v0-hf",
        "llama, meta-llama/Meta-Llama-3.1-8B, Meta-Llama-3-1-8B-hf",
        "llama, meta-llama/Llama-2-7b-hf, Llama-2-7b-hf",
        "falcon, tiiuae/falcon-180B-chat, falcon-180B-chat",
        "mixtral, mistralai/Mixtral-8x22B-v0.1, mistralai/Mixtral-8x22B-v0-1",
    })
    void prefixIsTheOneOfStockPeers(String modelType, String repository, String prefix) {
        assertThat(DhtPrefix.of(modelType, repository)).hasValue(prefix);
    }

    @Test
    void familyWithoutARuleHasNone() {
        assertThat(DhtPrefix.of("mistral", "mistralai/Mistral-7B-v0.1")).isEmpty();
    }
}
