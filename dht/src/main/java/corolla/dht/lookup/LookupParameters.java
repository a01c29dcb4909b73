package corolla.dht.lookup;

/**
 * How a {@link Lookup} searches.
 *
 * @param beamSize how many of the nearest nodes are asked for each key
 * @param asksAtOnceMax questions under way at once
 * @param keysPerAskMax keys in one question
 * @param asksMax questions in all
 * @param candidatesMax nodes remembered for each key
 */
public record LookupParameters(int beamSize, int asksAtOnceMax, int keysPerAskMax, int asksMax, int candidatesMax) {}
