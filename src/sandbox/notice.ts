/** Goes with every result of the sandbox. */
export const SANDBOX_NOTICE =
  'These results are simulated: the sandbox draws harmless pictograms, and its figures say nothing about any real model.';
