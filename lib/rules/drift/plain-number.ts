/** A number as a sentence has it: whole ones in full up to nine digits, others with four digits that count. */
export function plainNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value + 0)
  const rounded = Number(value.toPrecision(4))
  return String(rounded + 0)
}

/** A share as `12 %`, and as `0.4 %` where it is less than 10 %: what is not nothing is never shown as 0. */
export function plainPercent(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0 %'
  if (percent < 0.1) return 'under 0.1 %'
  if (percent >= 9.95) return `${percent > 99.5 && percent < 100 ? 99 : Math.round(percent)} %`
  return `${Number(percent.toFixed(1))} %`
}
