/** How far a number may be off where nobody says: two models that were trained apart are never the same to the last digit. */
export const usualTolerance = 0.01
/** What a gate takes where nobody says. */
export const usualAgreementPercent = 95
/** The most recorded requests that are sent anew at once. */
export const mostReplayed = 10_000
