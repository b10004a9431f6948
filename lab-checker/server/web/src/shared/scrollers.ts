// What scrolls by itself can be reached with the keyboard, in every browser.

const letScrollersBeReached = () => {
  for (const part of document.querySelectorAll<HTMLElement>("main :is(pre, pre > code, table, .table-wrapper)")) {
    if (part.scrollWidth > part.clientWidth && /auto|scroll/.test(getComputedStyle(part).overflowX)) part.tabIndex = 0;
  }
};

export const watchScrollers = () => {
  addEventListener("load", letScrollersBeReached);
  addEventListener("resize", letScrollersBeReached);
};
