package corolla.model;

import corolla.base.compute.Member;

/** A team of one, for small operations that are not worth a hand-over. Stateless. */
enum AloneMember implements Member {
    INSTANCE;

    @Override
    public int index() {
        return 0;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public void barrier() {
        // Nobody else to wait for.
    }
}
