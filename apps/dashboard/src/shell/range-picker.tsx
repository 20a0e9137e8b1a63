import { showDay } from '../format/clock.ts';
import { Select } from '../parts/select.tsx';
import { goTo } from '../url/location.ts';
import { type Place, withParams } from '../url/place.ts';
import { rangeOf, ranges } from '../url/range.ts';

interface RangePickerProps {
  readonly place: Place;
}

export const RangePicker = ({ place }: RangePickerProps) => {
  const { name, from, to } = rangeOf(place.params, Date.now());
  const marked = { value: 'marked', title: `${showDay(from)} – ${showDay(to)}` };
  const named = ranges.map((range) => ({ value: range.name as string, title: range.title }));
  return (
    <Select
      label="Time"
      value={name ?? 'marked'}
      options={name === null ? [...named, marked] : named}
      onChange={(range) => {
        if (range !== 'marked') goTo(withParams(place, { range, from: undefined, to: undefined, before: undefined }));
      }}
    />
  );
};
