/* llama.cpp's speed, through its library: a prompt of so many tokens, then so many new ones, greedily. Prints "prompt tokens/s, decode
   tokens/s" of the best of some runs. Usage: llama_bench FILE.gguf THREADS PROMPT NEW RUNS */
#include <llama.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void silent(enum ggml_log_level level, const char *text, void *data) {
    (void)level, (void)text, (void)data;
}

static llama_token largest(const float *logits, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

int main(int count, char **args) {
    if (count != 6) {
        return 2;
    }
    int threads = atoi(args[2]), prompt = atoi(args[3]), new = atoi(args[4]), runs = atoi(args[5]);
    llama_log_set(silent, NULL);
    struct llama_model *model = llama_model_load_from_file(args[1], llama_model_default_params());
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = prompt + new + 8;
    params.n_batch = params.n_ubatch = 512;
    params.n_threads = params.n_threads_batch = threads;
    struct llama_context *context = model ? llama_init_from_model(model, params) : NULL;
    if (!context) {
        return 1;
    }
    int words = llama_vocab_n_tokens(llama_model_get_vocab(model));
    llama_token *tokens = malloc(sizeof(llama_token) * prompt);
    for (int i = 0; i < prompt; i++) {
        tokens[i] = (17 * i + 3) % words;
    }
    double best_prompt = 0, best_decode = 0;
    for (int run = 0; run <= runs; run++) { /* the first warms up */
        llama_memory_clear(llama_get_memory(context), true);
        double start = seconds();
        for (int i = 0; i < prompt; i += 512) {
            int some = prompt - i < 512 ? prompt - i : 512;
            if (llama_decode(context, llama_batch_get_one(tokens + i, some))) {
                return 1;
            }
        }
        llama_token token = largest(llama_get_logits_ith(context, -1), words);
        double first = seconds();
        for (int i = 1; i < new; i++) {
            if (llama_decode(context, llama_batch_get_one(&token, 1))) {
                return 1;
            }
            token = largest(llama_get_logits_ith(context, -1), words);
        }
        double end = seconds();
        double prompt_speed = prompt / (first - start), decode_speed = (new - 1) / (end - first);
        if (run > 0) {
            best_prompt = prompt_speed > best_prompt ? prompt_speed : best_prompt;
            best_decode = decode_speed > best_decode ? decode_speed : best_decode;
        }
    }
    printf("%f %f\n", best_prompt, best_decode);
    return 0;
}
