package corolla.base.compute;

/** A team member's view of the body it runs. Confined to its thread. */
public interface Member {

    /** The only member of its team: for small work that is not worth a hand-over. */
    static Member alone() {
        return AloneMember.INSTANCE;
    }

    /** 0 to size - 1. */
    int index();

    int size();

    /** Waits until every member has come here; what they wrote before is visible after. */
    void barrier();

    /** Start of this member's share of {@code [0, count)} in whole multiples of {@code grain}. */
    default long shareStart(long count, long grain) {
        return shareBound(index(), count, grain);
    }

    /** End (exclusive) of this member's share of {@code [0, count)}. */
    default long shareEnd(long count, long grain) {
        return shareBound(index() + 1, count, grain);
    }

    private long shareBound(int member, long count, long grain) {
        if (member == size()) {
            return count;
        }
        long grains = (count + grain - 1) / grain;
        return Math.min(count, grains * member / size() * grain);
    }
}
