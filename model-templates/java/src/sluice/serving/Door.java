package sluice.serving;

/** Where requests come in. */
interface Door {
    /** Take nothing new, and return when everything that was begun is answered. */
    void close();
}
