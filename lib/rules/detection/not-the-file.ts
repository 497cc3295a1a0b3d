/** How much of a file tells whether something else was uploaded in its place, bytes. */
export const strangerBytes = 512

/** What is uploaded by mistake in the place of a file: how it begins, what it is, and the mend. */
const strangers: readonly (readonly [begins: RegExp, what: string])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    'is a pointer of Git LFS and not the file itself; run `git lfs pull` and upload it again',
  ],
  [
    /^\s*(?:<!doctype html|<html)\b/i,
    'is a page of a web server, mostly one that asks to sign in; download the file again and look into it',
  ],
  [
    /^\s*<\?xml[^>]*\?>\s*<Error><Code>/,
    'is an error of a store, and not the file; download it again and look into it',
  ],
]

/**
 * What stands in the place of a file, and what to do, in words that follow on its name; undefined where it may be the
 * file. @param head its first `strangerBytes` bytes as text
 */
export function strangerIn(head: string): string | undefined {
  return strangers.find(([begins]) => begins.test(head))?.[1]
}
