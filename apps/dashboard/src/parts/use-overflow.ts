import { useEffect, useRef, useState } from 'preact/hooks';

/** Whether what is inside is wider than the box: then the keyboard must reach it to scroll. */
export const useOverflow = <Box extends HTMLElement>() => {
  const ref = useRef<Box>(null);
  const [isOverflowing, setOverflowing] = useState(false);
  useEffect(() => {
    const box = ref.current;
    if (!box) return;
    const look = () => setOverflowing(box.scrollWidth > box.clientWidth + 1);
    const observer = new ResizeObserver(look);
    observer.observe(box);
    if (box.firstElementChild) observer.observe(box.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return { ref, isOverflowing };
};
