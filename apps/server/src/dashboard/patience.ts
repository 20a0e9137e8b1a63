/** What comes in time, else what `late` gives or throws. What comes afterwards is dropped. */
export const inTime = async <Answer, Late>(answer: Promise<Answer>, ms: number, late: () => Late) => {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Late>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    }, ms);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
};
