/**
 * LoRA adapters as Hugging Face's PEFT saves them: a folder with {@code adapter_config.json} and {@code
 * adapter_model.safetensors}. Start with {@link corolla.model.adapter.LoraAdapter}; what it adds to the blocks of a model is
 * made by {@link corolla.model.block.BlockStack#adapt}.
 *
 * <p>A linear layer y = x · Wᵀ becomes y = x · Wᵀ + scale · (x · Aᵀ) · Bᵀ (Hu et al. 2021, section 4.1), where A has r rows.
 * PEFT's rules are followed where they decide numbers: which module has which rank and scale. What would change the numbers in
 * a way that is not known here is refused when the folder is opened.
 *
 * {@snippet :
 * try (LoraAdapter adapter = LoraAdapter.open(folder);
 *         StackAdapter adapted = blocks.adapt(adapter)) {
 *     blocks.forward(team, hidden, Part.next(cache, 1).withAdapter(adapted), 0, 30, deadline);
 * }
 * }
 */
@NullMarked
package corolla.model.adapter;

import org.jspecify.annotations.NullMarked;
