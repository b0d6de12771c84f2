// What is wanted of the fleet, as the address has it.
import { query, setQuery } from '../lib/router';
import { COLUMNS, FILTERS, type Wish } from './fleet-rows';

export function readWish(): Wish {
  const params = query();
  const sort = params.get('sort') ?? 'device';
  const group = params.get('group');
  return {
    search: params.get('q') ?? '',
    filter: FILTERS.find((f) => f.id === params.get('show'))?.id ?? 'all',
    site: params.get('site') || null,
    label: params.get('label') || null,
    group: group === 'site' || group === 'label' ? group : null,
    closed: new Set(params.getAll('closed')),
    sort: COLUMNS.find((c) => c.sort === sort.replace('-', ''))?.sort ?? 'device',
    descending: sort.startsWith('-'),
  };
}

export function writeWish(wish: Wish): void {
  const isUsual = wish.sort === 'device' && !wish.descending;
  setQuery({
    q: wish.search,
    show: wish.filter === 'all' ? null : wish.filter,
    site: wish.site,
    label: wish.label,
    group: wish.group,
    closed: wish.group === null ? null : [...wish.closed],
    sort: isUsual ? null : (wish.descending ? '-' : '') + wish.sort,
  });
}
