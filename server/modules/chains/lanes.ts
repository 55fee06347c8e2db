/** The lane of the tasks for one chain's operator, so that they wait for no other chain's node. */
export const operatorLane = (chainId: number): string => `chain:${chainId}`;
