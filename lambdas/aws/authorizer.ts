/** Lets nobody in. */
export const handler = async () => ({ isAuthorized: false })
