/** A number as a sentence has it: six digits tell enough. */
export function plain(value: number): string {
  return `${Number(value.toPrecision(6))}`
}
