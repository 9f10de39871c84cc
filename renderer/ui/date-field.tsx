import '@mantine/dates/styles.layer.css';
import type { ReactNode } from 'react';
import { DatePickerInput, MonthPickerInput } from '@mantine/dates';

export interface DateFieldProps {
  label?: string;
  /** Its name where no label is shown. */
  'aria-label'?: string;
  /** `YYYY-MM-DD`; null: none chosen. */
  value?: string | null;
  defaultValue?: string | null;
  onChange?: (day: string | null) => void;
  onBlur?: () => void;
  description?: ReactNode;
  error?: ReactNode;
  placeholder?: string;
  minDate?: string;
  maxDate?: string;
  clearable?: boolean;
  disabled?: boolean;
}

/** The arrows and heads of a calendar, for people who hear it. */
const CALENDAR_NAMES = {
  monthLevelControl: 'Choose a month',
  yearLevelControl: 'Choose a year',
  nextMonth: 'Next month',
  previousMonth: 'Previous month',
  nextYear: 'Next year',
  previousYear: 'Previous year',
  nextDecade: 'Next ten years',
  previousDecade: 'Previous ten years',
};

/** A calendar day without zone; weeks begin on Monday. `{...form.getInputProps('startsOn')}` binds it. */
export function DateField(props: DateFieldProps) {
  return (
    <DatePickerInput
      valueFormat="D MMM YYYY"
      firstDayOfWeek={1}
      ariaLabels={CALENDAR_NAMES}
      clearButtonProps={{ 'aria-label': 'No day' }}
      {...props}
    />
  );
}

/** A month, as its first day `YYYY-MM-01`. */
export function MonthField(props: DateFieldProps) {
  return <MonthPickerInput valueFormat="MMMM YYYY" ariaLabels={CALENDAR_NAMES} {...props} />;
}
