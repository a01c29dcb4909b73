// What routing.cu tells products: which rows they multiply by which expert. DeviceRouting.java and ExpertTable.java know the sizes.

// Neighbouring places with rows of one expert; none where rows is 0.
struct Job {
    int expert;
    int place;
    int rows;
};

// Where the planes of an expert are, as formats.cu has them.
struct ExpertPlanes {
    const unsigned char* codes;
    const unsigned char* high;
    const unsigned char* scales;
    const unsigned char* outer;
};
