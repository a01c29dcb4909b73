package corolla.model.block;

import corolla.model.adapter.LoraAdapter;
import corolla.model.adapter.LoraModule;
import corolla.model.family.CheckpointException;
import corolla.model.family.Families;
import corolla.model.family.Family;
import corolla.model.family.ModelConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The modules of an adapter by the block they belong to. Immutable.
 *
 * @param prefix what stands before names of blocks
 * @param blocks modules by name within the block, by block
 */
record AdapterNames(LoraAdapter adapter, Family family, String prefix, Map<Integer, Map<String, LoraModule>> blocks) {

    private static final int NAMED_MAX = 12;

    /** @throws CheckpointException when a module belongs to no block of the model */
    static AdapterNames of(LoraAdapter adapter, ModelConfig config) throws CheckpointException {
        Family family = Families.of(config.modelType());
        Map<Integer, Map<String, LoraModule>> blocks = new HashMap<>();
        String prefix = "";
        for (LoraModule module : adapter.modules().values()) {
            Place place = place(adapter, family, module.name());
            if (place.block >= config.blockCount()) {
                throw new CheckpointException(adapter.folder() + ": module " + module.name() + " is of block "
                        + place.block + ", the model has " + config.blockCount());
            }
            prefix = place.prefix;
            blocks.computeIfAbsent(place.block, index -> new HashMap<>()).put(place.name, module);
        }
        return new AdapterNames(adapter, family, prefix, blocks);
    }

    private record Place(String prefix, int block, String name) {}

    private static Place place(LoraAdapter adapter, Family family, String module) throws CheckpointException {
        for (String prefix : family.prefixes()) {
            String before = prefix + family.tensors().blocks();
            int dot = module.indexOf('.', before.length());
            if (module.startsWith(before) && dot > 0) {
                String index = module.substring(before.length(), dot);
                if (index.matches("\\d{1,6}")) {
                    return new Place(prefix, Integer.parseInt(index), module.substring(dot + 1));
                }
            }
        }
        throw new CheckpointException(adapter.folder() + ": module " + module + " is in no block of a "
                + family.modelType() + " model, where names begin with "
                + family.prefixes().getFirst() + family.tensors().blocks()
                + ": only linear layers of blocks can be adapted");
    }

    /**
     * A module.
     *
     * @param isLinear whether it is a linear layer in every version of the reference
     * @throws CheckpointException when it is one, target_modules asks for it and it is not there
     */
    Optional<LoraModule> find(int block, String name, boolean isLinear) throws CheckpointException {
        Optional<LoraModule> found =
                Optional.ofNullable(blocks.getOrDefault(block, Map.of()).get(name));
        String whole = prefix + family.tensors().block(block) + name;
        if (found.isEmpty() && isLinear && isIncluded(whole)) {
            throw new CheckpointException(adapter.folder() + ": module " + whole
                    + " has no tensors, though target_modules has it: the adapter is not whole, or for another model");
        }
        return found;
    }

    private boolean isIncluded(String module) throws CheckpointException {
        try {
            return adapter.config().targets().include(module);
        } catch (IllegalArgumentException refused) {
            throw new CheckpointException(adapter.folder() + ": " + refused.getMessage(), refused);
        }
    }

    /** @throws CheckpointException when the adapter has other modules of the block */
    void requireKnown(int block, Set<String> known) throws CheckpointException {
        for (Map.Entry<String, LoraModule> module :
                blocks.getOrDefault(block, Map.of()).entrySet()) {
            if (!known.contains(module.getKey())) {
                throw new CheckpointException(adapter.folder() + ": module "
                        + module.getValue().name() + " cannot be adapted; those that can are "
                        + known.stream().sorted().limit(NAMED_MAX).toList());
            }
        }
    }
}
