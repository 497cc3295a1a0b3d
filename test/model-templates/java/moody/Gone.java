package moods;

/** Left out of the jar. */
final class Gone {}
