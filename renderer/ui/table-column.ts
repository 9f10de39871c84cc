import type { ReactNode } from 'react';

export interface TableColumn<Row> {
  /** Stable name; also the sort's, when `sortable`. */
  key: string;
  title: string;
  /** Pixels; with `grow` the least it gets. */
  width: number;
  grow?: boolean;
  /** Numbers go right. */
  align?: 'right';
  sortable?: boolean;
  /** Hidden until chosen. */
  optional?: boolean;
  /** Gives way first where a detail beside the list leaves too little room. */
  spare?: boolean;
  /** Cannot be hidden (the name). */
  fixed?: boolean;
  /** Of its cells: what a class can say needs no element of its own, and there are many cells. */
  className?: string;
  /** On hover over a cell, where it may be cut. */
  hint?: (row: Row) => string;
  cell: (row: Row) => ReactNode;
  /** Plain text for CSV; without it the column is not exported. */
  text?: (row: Row) => string;
}

export interface Sort {
  key: string;
  direction: 'asc' | 'desc';
}
