// Keeps the page of a ticket up to date; when the hall does not answer, what was last known stays in view with its time.
(function () {
  'use strict'
  var away = document.getElementById('away')
  function next() {
    if (document.querySelector('main').hasAttribute('data-live')) setTimeout(ask, 5000)
  }
  function lost() {
    away.textContent = away.getAttribute('data-words').replace('{time}', document.querySelector('main').getAttribute('data-at'))
    away.hidden = false
    next()
  }
  function ask() {
    var req = new XMLHttpRequest()
    req.timeout = 8000
    req.onload = function () {
      if (req.status >= 500) return lost()
      var now = document.querySelector('main')
      var then = new DOMParser().parseFromString(req.responseText, 'text/html').querySelector('main')
      if (!then) return lost()
      away.hidden = true
      if (then.innerHTML !== now.innerHTML || then.className !== now.className) {
        if (then.className === 'called' && now.className !== 'called' && navigator.vibrate) navigator.vibrate([300, 150, 300])
        now.innerHTML = then.innerHTML
        now.className = then.className
      }
      now.setAttribute('data-at', then.getAttribute('data-at'))
      if (!then.hasAttribute('data-live')) now.removeAttribute('data-live')
      next()
    }
    req.onerror = req.ontimeout = lost
    req.open('GET', location.href)
    req.send()
  }
  next()
})()
