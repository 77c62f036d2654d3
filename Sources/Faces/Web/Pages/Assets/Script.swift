// SPDX-License-Identifier: Apache-2.0

/// The one script: search as one types, and copying. Every page works without it.
enum Script {
    static let text = #"""
        'use strict';
        (() => {
          const root = document.documentElement;
          root.classList.add('js');

          // Results of the search, below the field; arrows move, Enter opens, Escape closes.
          const waitBeforeAsking = 120;
          const enhance = (form, number) => {
            const field = form.querySelector('input');
            const list = document.createElement('div');
            list.className = 'results';
            list.id = 'results-' + number;
            list.setAttribute('role', 'listbox');
            list.setAttribute('aria-label', 'Results');
            list.hidden = true;
            form.append(list);
            for (const [name, value] of [['role', 'combobox'], ['aria-controls', list.id], ['aria-expanded', 'false'],
              ['aria-autocomplete', 'list'], ['autocomplete', 'off']]) field.setAttribute(name, value);
            let timer = 0, asked = 0, chosen = -1, options = [];

            const show = open => {
              list.hidden = !open;
              field.setAttribute('aria-expanded', String(open));
              if (!open) choose(-1);
            };
            const choose = index => {
              chosen = index;
              options.forEach((option, at) => option.setAttribute('aria-selected', String(at === index)));
              if (index < 0) return field.removeAttribute('aria-activedescendant');
              field.setAttribute('aria-activedescendant', options[index].id);
              options[index].scrollIntoView({ block: 'nearest' });
            };
            const fill = found => {
              list.replaceChildren();
              options = [];
              for (const group of found.groups) {
                const head = document.createElement('div');
                head.className = 'head3';
                head.setAttribute('role', 'presentation');
                head.textContent = group.title;
                list.append(head);
                for (const item of group.items) {
                  if (!/^\/(?!\/)/.test(item.href)) continue;
                  const option = document.createElement('a');
                  option.href = item.href;
                  option.id = list.id + '-' + options.length;
                  option.tabIndex = -1;
                  option.setAttribute('role', 'option');
                  option.textContent = item.title;
                  const note = document.createElement('span');
                  note.textContent = item.note;
                  option.append(note);
                  options.push(option);
                  list.append(option);
                }
              }
              if (options.length === 0) {
                const empty = document.createElement('p');
                empty.textContent = 'No image, package, CVE or digest matches.';
                list.append(empty);
              }
              show(true);
            };
            const ask = async () => {
              const text = field.value.trim();
              const turn = ++asked;
              if (text.length < 2) return show(false);
              try {
                const answer = await fetch('/search.json?q=' + encodeURIComponent(text), { credentials: 'same-origin' });
                // An answer that was overtaken by a later question is not shown.
                if (answer.ok && turn === asked) fill(await answer.json());
              } catch { show(false); }
            };
            field.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, waitBeforeAsking); });
            field.addEventListener('keydown', event => {
              if (event.key === 'Escape') { asked++; show(false); return; }
              if (list.hidden || options.length === 0) return;
              if (event.key === 'ArrowDown') choose((chosen + 1) % options.length);
              else if (event.key === 'ArrowUp') choose((chosen + options.length) % (options.length + 1) - 1);
              else if (event.key === 'Enter' && chosen >= 0) options[chosen].click();
              else return;
              event.preventDefault();
            });
            form.addEventListener('focusout', event => { if (!form.contains(event.relatedTarget)) show(false); });
          };
          document.querySelectorAll('form.search').forEach(enhance);

          document.addEventListener('keydown', event => {
            if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
            if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
            const field = [...document.querySelectorAll('form.search input')].find(one => one.offsetParent !== null);
            if (!field) return;
            event.preventDefault();
            field.focus();
            field.select();
          });

          // Buttons that copy are there only where something can be copied.
          if (navigator.clipboard) {
            const said = document.createElement('div');
            said.className = 'sr';
            said.setAttribute('aria-live', 'polite');
            document.body.append(said);
            const sprite = document.body.dataset.icons;
            const drawing = name => {
              const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
              svg.setAttribute('class', 'i');
              svg.setAttribute('viewBox', '0 0 16 16');
              svg.setAttribute('aria-hidden', 'true');
              const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
              use.setAttribute('href', sprite + '#i-' + name);
              svg.append(use);
              return svg;
            };
            for (const place of document.querySelectorAll('[data-copy]')) {
              const button = document.createElement('button');
              button.type = 'button';
              button.setAttribute('aria-label', place.classList.contains('cmd') ? 'Copy the command' : 'Copy the whole digest');
              button.append(drawing('copy'));
              button.addEventListener('click', async () => {
                try { await navigator.clipboard.writeText(place.dataset.copy); } catch { return; }
                said.textContent = 'Copied';
                button.classList.add('copied');
                button.replaceChildren(drawing('fixed'));
                setTimeout(() => {
                  said.textContent = '';
                  button.classList.remove('copied');
                  button.replaceChildren(drawing('copy'));
                }, 1500);
              });
              place.append(button);
            }
          }
        })();
        """#
}
